// expect: error larger than 100000 bytes
let a = ["x"];
for (let i = 0; i < 40; i++) a = [a, a];
await hazard.echo({ a });
