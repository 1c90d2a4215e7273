// expect: error cannot make code from a string
return setTimeout.constructor("return process")();
