// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
const all = [];
for (;;) all.push({ at: all.length });
