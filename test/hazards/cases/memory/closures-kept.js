// expect: limit (heapMebibytesMax)
const all = [];
for (let i = 0; ; i++) {
  const big = { i, text: `${i}` };
  all.push(() => big);
}
