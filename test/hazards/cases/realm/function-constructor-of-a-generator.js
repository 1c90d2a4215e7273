// expect: error cannot make code from a string
return (function* () {}).constructor("yield 1")().next();
