// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
const object = {};
for (let i = 0; ; i++) object[`k${i}`] = i;
