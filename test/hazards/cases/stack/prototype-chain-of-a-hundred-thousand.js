// expect: limit (heapMebibytesMax)
let o = {};
for (let i = 0; i < 200_000; i++) o = Object.create(o);
return typeof o.missing;
