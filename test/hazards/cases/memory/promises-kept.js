// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
const all = [];
for (;;) all.push(new Promise(() => {}));
