// expect: error cannot make code from a string
const error = await hazard.fail({}).catch((thrown) => thrown);
return error.constructor.constructor("return process")();
