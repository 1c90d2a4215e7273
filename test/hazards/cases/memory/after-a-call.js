// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
await hazard.echo({});
const all = [];
for (;;) all.push({ at: all.length });
