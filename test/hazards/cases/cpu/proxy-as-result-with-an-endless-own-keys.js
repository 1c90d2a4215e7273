// expect: limit (cpuMsMax)
return new Proxy({}, { ownKeys() { for (;;); } });
