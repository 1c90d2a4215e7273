// expect: limit | error
const encoder = new TextEncoder();
const all = [];
for (;;) all.push(encoder.encode("x".repeat(100_000)));
