// expect: limit (cpuMsMax) | error Maximum call stack | limit (heapMebibytesMax)
let proxy = {};
for (let i = 0; i < 100_000; i++) proxy = new Proxy(proxy, {});
for (;;) proxy.a;
