// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
return "x".repeat(2 ** 26).split("").length;
