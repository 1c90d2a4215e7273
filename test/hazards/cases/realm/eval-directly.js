// expect: error eval is not defined
return eval("1 + 1");
