// expect: success 40
const all = await Promise.all(Array.from({ length: 40 }, () => hazard.large({ characters: 900_000 })));
return all.length;
