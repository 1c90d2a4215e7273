// expect: limit (heapMebibytesMax)
for (;;) console.group();
