// expect: error Unexpected
return %GetOptimizationStatus(() => {});
