// expect: limit (heapMebibytesMax)
await hazard.echo({});
const all = [];
for (;;) all.push({ at: all.length });
