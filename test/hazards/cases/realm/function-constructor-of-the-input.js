// expect: error cannot make code from a string
return input.constructor.constructor("return process")();
