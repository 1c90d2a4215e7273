// expect: error x
const error = new Error("x");
delete error.stack;
throw error;
