// expect: error cannot make code from a string
return (() => {}).constructor("return globalThis")();
