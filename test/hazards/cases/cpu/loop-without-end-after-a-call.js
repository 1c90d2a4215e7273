// expect: limit (cpuMsMax)
await hazard.echo({});
for (;;);
