// expect: error cannot make code from a string
const { get } = Object.getOwnPropertyDescriptor(Map.prototype, "size");
return get.constructor("return process")();
