// expect: limit (heapMebibytesMax)
const all = [];
for (let i = 0; ; i++) all.push(String(i).repeat(1_000));
