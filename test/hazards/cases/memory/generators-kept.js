// expect: limit (heapMebibytesMax)
function* make() { yield 1; }
const all = [];
for (;;) {
  const one = make();
  one.next();
  all.push(one);
}
