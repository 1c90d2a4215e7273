// expect: error cannot make code from a string
return ({ m() {} }).m.constructor("return 1")();
