// expect: error cannot make code from a string
return console.log.constructor("return process")();
