// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
return ((1n << (1n << 24n)) - 1n).toString().length;
