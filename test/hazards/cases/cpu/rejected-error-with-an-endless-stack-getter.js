// expect: error | limit (cpuMsMax)
const error = new Error("x");
Object.defineProperty(error, "stack", { get() { for (;;); } });
throw error;
