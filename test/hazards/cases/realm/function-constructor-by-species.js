// expect: error cannot make code from a string
return Promise[Symbol.species].constructor("return process")();
