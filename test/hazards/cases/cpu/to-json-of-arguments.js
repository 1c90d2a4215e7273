// expect: limit (cpuMsMax)
await hazard.echo({ toJSON() { for (;;); } });
