// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
for (;;) Promise.resolve().then(() => {});
