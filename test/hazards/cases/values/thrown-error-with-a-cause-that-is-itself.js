// expect: error x
const error = new Error("x");
error.cause = error;
throw error;
