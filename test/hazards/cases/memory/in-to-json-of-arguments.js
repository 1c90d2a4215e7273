// expect: limit (heapMebibytesMax)
await hazard.echo({
  toJSON() {
    const all = [];
    for (;;) all.push({ at: all.length });
  },
});
