// expect: limit (heapMebibytesMax)
let error = new Error("x");
for (;;) error = new Error("y", { cause: error });
