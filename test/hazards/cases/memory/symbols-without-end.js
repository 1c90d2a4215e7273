// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
const all = [];
for (let i = 0; ; i++) all.push(Symbol.for(`s${i}`));
