// expect: limit (cpuMsMax)
return new Proxy({ a: 1 }, { get() { for (;;); } });
