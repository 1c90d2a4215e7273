// expect: limit (cpuMsMax)
throw new Proxy({}, { getPrototypeOf() { for (;;); } });
