// expect: error resultBytesMax
const a = {};
for (let i = 0; i < 200_000; i++) a[`k${i}`] = i;
return a;
