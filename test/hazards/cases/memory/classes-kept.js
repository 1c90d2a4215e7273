// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
const all = [];
for (;;) all.push(class { a = 1; b() {} });
