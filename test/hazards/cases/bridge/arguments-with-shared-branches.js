// expect: error 100000 bytes | limit (cpuMsMax)
let a = ["x"];
for (let i = 0; i < 40; i++) a = [a, a];
await hazard.echo({ a });
