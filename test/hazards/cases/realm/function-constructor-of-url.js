// expect: error cannot make code from a string
return URL.constructor("return process")();
