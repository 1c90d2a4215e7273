// expect: limit (cpuMsMax) | error
throw new Proxy({}, { get() { for (;;); } });
