// expect: limit (heapMebibytesMax)
return new Uint8Array(10_000_000);
