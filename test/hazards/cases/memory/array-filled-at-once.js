// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
new Array(5e8).fill(1.5);
