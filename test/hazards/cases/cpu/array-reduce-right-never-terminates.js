// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
[].reduceRight.call({ length: 2 ** 53 - 1 }, () => 0, 0);
