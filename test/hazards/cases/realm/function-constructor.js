// expect: error cannot make code from a string
return Function("return globalThis")();
