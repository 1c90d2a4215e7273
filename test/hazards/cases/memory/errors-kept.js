// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
const all = [];
for (;;) all.push(new Error("x"));
