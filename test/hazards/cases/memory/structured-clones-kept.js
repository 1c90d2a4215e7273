// expect: limit (heapMebibytesMax)
const all = [];
const rows = Array.from({ length: 1_000 }, (_, i) => ({ i }));
for (;;) all.push(structuredClone(rows));
