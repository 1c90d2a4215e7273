// expect: success 1
console.table(Array.from({ length: 100_000 }, (_, i) => ({ i })));
return 1;
