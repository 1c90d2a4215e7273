// expect: limit (cpuMsMax)
await hazard.echo({});
for (;;) await 0;
