// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
let error = new Error("x");
for (;;) error = new Error("y", { cause: error });
