// expect: error cannot make code from a string
return new Function("return 1")();
