// expect: limit (heapMebibytesMax)
const all = [];
for (;;) all.push(class { a = 1; b() {} });
