// expect: error cannot make code from a string
try {
  setTimeout(1);
} catch (error) {
  return error.constructor.constructor("return process")();
}
