// expect: limit (heapMebibytesMax) | error Array buffer allocation failed
// either: buffers count as heap, and which allocation meets its limit first is chance
const encoder = new TextEncoder();
const all = [];
for (;;) all.push(encoder.encode("x".repeat(100_000)));
