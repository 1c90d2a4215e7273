// expect: limit (cpuMsMax)
structuredClone({ get a() { for (;;); } });
