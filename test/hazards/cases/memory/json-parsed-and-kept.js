// expect: limit (heapMebibytesMax)
const text = JSON.stringify(Array.from({ length: 1_000 }, (_, i) => ({ i, name: `n${i}` })));
const all = [];
for (;;) all.push(JSON.parse(text));
