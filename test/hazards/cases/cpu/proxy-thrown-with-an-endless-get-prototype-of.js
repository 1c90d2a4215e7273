// expect: limit (cpuMsMax) | error
throw new Proxy({}, { getPrototypeOf() { for (;;); } });
