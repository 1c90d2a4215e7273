// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
const all = [];
for (;;) {
  try {
    for (;;) all.push({ at: all.length });
  } catch {}
}
