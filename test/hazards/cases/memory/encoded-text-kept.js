// expect: limit (heapMebibytesMax)
// in-process: error Array buffer allocation failed
const encoder = new TextEncoder();
const all = [];
for (;;) all.push(encoder.encode("x".repeat(100_000)));
