// expect: limit (heapMebibytesMax)
let list;
for (;;) list = { next: list };
