// expect: error cannot make code from a string
const value = await hazard.echo({ a: [1] });
return value.a.constructor.constructor("return process")();
