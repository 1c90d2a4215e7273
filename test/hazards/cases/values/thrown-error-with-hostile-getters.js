// expect: error ""
const error = new Error("x");
for (const key of ["name", "message", "stack", "cause"]) Object.defineProperty(error, key, { get() { for (;;); } });
throw error;
