// expect: success 1000
const all = Array.from({ length: 1_000 }, (_, i) => i);
return all.sort(() => (Math.random() < 0.5 ? -1 : 1)).length;
