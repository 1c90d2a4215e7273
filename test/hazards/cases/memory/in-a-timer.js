// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
setTimeout(() => {
  const all = [];
  for (;;) all.push({ at: all.length });
}, 1);
await new Promise(() => {});
