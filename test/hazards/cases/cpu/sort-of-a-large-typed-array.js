// expect: limit (cpuMsMax)
// process-only: one call of a built-in that V8 does not interrupt, though it ends in the end
const all = new Float64Array(4_000_000).map((_, i) => (i * 7919) % 4_000_003);
all.sort();
