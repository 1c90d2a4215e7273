// expect: limit
const all = new Float64Array(4_000_000).map((_, i) => (i * 7919) % 4_000_003);
all.sort();
