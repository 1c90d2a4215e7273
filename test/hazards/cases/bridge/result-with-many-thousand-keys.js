// expect: error resultBytesMax
const a = {};
for (let i = 0; i < 50_000; i++) a[`k${i}`] = i;
return a;
