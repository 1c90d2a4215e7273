// expect: limit (heapMebibytesMax)
throw new Error("x".repeat(2 ** 26));
