// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
const a = [];
a[2 ** 32 - 2] = 1;
a.lastIndexOf(2);
