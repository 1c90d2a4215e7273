// expect: limit (heapMebibytesMax)
const all = [];
for (;;) all.push(await hazard.large({ characters: 1_000_000 }));
