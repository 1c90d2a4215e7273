// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
return BigInt("9".repeat(5_000_000)) > 0n;
