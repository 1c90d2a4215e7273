// expect: limit (heapMebibytesMax)
const all = [];
for (;;) all.push(new Error("x"));
