// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
let text = "aa";
for (;;) text = text.replaceAll("a", "aaaaaaaa");
