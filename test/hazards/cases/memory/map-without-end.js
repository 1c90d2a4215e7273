// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
const map = new Map();
for (let i = 0; ; ) map.set(i++, i);
