// expect: limit (heapMebibytesMax)
for (;;) Promise.resolve().then(() => {});
