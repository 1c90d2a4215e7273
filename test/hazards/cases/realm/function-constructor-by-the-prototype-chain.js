// expect: error cannot make code from a string
let o = hazard.echo;
while (Object.getPrototypeOf(o)) o = Object.getPrototypeOf(o);
return o.constructor.constructor("return process")();
