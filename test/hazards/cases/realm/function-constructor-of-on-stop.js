// expect: error cannot make code from a string
return onStop.constructor("return process")();
