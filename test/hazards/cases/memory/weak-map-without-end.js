// expect: limit (heapMebibytesMax)
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
const map = new WeakMap();
const keys = [];
for (;;) {
  const key = {};
  keys.push(key);
  map.set(key, {});
}
