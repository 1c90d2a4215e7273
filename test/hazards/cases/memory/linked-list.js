// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
let list;
for (;;) list = { next: list };
