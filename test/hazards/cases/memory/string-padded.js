// expect: limit (heapMebibytesMax)
const all = [];
for (;;) all.push("x".padEnd(2 ** 18, String(all.length)).split("").join("-"));
