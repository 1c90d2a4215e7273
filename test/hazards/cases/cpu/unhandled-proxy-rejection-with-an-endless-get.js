// expect: limit (cpuMsMax)
// process-only: isolated-vm reads what was rejected, again and again, and lets nothing interrupt that
Promise.reject(new Proxy({}, { get() { for (;;); } }));
await new Promise((go) => setTimeout(go, 50));
for (;;);
