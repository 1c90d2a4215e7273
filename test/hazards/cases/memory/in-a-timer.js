// expect: limit (heapMebibytesMax)
setTimeout(() => {
  const all = [];
  for (;;) all.push({ at: all.length });
}, 1);
await new Promise(() => {});
