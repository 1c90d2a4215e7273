// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
// either: one step takes more than both allow
// process-only: V8 gives up on such a heap by aborting, or by leaving a thread and its memory behind
let text = "x";
for (;;) {
  text += text;
  text.charCodeAt(0);
}
