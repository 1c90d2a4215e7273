// expect: error cannot make code from a string
return (() => {}).bind().constructor("return 1")();
