// expect: limit (heapMebibytesMax)
// process-only: the isolate meets its limit and its thread does not end
const all = [];
for (;;) all.push(new Array(1_000).fill({}));
