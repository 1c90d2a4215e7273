// expect: error cannot make code from a string
return crypto.randomUUID.constructor("return process")();
