// expect: limit (heapMebibytesMax)
const all = [];
for (;;) all.push({ at: all.length });
