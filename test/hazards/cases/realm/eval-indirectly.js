// expect: error (0 , globalThis.eval) is not a function
return (0, globalThis.eval)("1 + 1");
