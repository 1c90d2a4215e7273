// expect: limit (heapMebibytesMax)
const all = [];
for (let i = 0; ; i++) {
  const one = new RegExp(`(?:a${i}|b)+`);
  one.exec("ab");
  all.push(one);
}
