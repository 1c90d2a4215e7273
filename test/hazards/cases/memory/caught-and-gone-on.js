// expect: limit (heapMebibytesMax)
const all = [];
for (;;) {
  try {
    for (;;) all.push({ at: all.length });
  } catch {}
}
