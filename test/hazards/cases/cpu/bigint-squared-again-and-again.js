// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
let x = 3n;
for (let i = 0; i < 40; i++) x *= x;
