// expect: limit (cpuMsMax)
return `${"x".repeat(40)}y`.replaceAll(/(x+x+)+z/g, "");
