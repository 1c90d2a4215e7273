// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
await hazard.echo({
  toJSON() {
    const all = [];
    for (;;) all.push({ at: all.length });
  },
});
