// expect: limit (cpuMsMax)
await hazard.echo({ get a() { for (;;); } });
