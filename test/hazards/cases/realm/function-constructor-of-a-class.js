// expect: error cannot make code from a string
return class {}.constructor("return 1")();
