// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
function* make() { yield 1; }
const all = [];
for (;;) {
  const one = make();
  one.next();
  all.push(one);
}
