// expect: limit (heapMebibytesMax)
const rows = Array.from({ length: 1_000 }, (_, i) => ({ i }));
const all = [];
for (;;) all.push(JSON.stringify(rows));
