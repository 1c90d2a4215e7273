// expect: error cannot make code from a string
return require.constructor("return process")();
