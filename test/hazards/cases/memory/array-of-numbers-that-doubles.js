// expect: limit (heapMebibytesMax)
// process-only: one step takes several times the limit before V8 looks
let a = [1.5];
for (;;) a = [...a, ...a];
