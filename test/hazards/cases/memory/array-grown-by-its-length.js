// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
const a = [];
a.length = 2 ** 27;
a.fill(1);
