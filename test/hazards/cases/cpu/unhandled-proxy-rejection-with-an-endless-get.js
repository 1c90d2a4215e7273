// expect: limit (cpuMsMax) | error
Promise.reject(new Proxy({}, { get() { for (;;); } }));
await new Promise((go) => setTimeout(go, 50));
for (;;);
