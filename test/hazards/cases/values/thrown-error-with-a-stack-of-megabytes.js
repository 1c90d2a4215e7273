// expect: error x
const error = new Error("x");
error.stack = "    at a (script.js:1:1)\n".repeat(100_000);
throw error;
