// expect: limit (cpuMsMax)
await hazard.echo({});
for (;;) console.log("x");
