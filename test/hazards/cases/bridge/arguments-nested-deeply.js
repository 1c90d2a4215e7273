// expect: error nested more than 1000 levels deep
let a = 1;
for (let i = 0; i < 1_000_000; i++) a = [a];
await hazard.echo({ a });
