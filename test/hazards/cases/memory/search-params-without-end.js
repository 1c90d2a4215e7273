// expect: limit (heapMebibytesMax)
const params = new URLSearchParams();
for (let i = 0; ; i++) params.append(`k${i}`, "v".repeat(100));
