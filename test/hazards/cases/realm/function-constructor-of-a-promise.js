// expect: error cannot make code from a string
return hazard.echo({}).constructor.constructor("return process")();
