// expect: limit (cpuMsMax)
await hazard.fail({}).catch(() => {});
for (;;);
