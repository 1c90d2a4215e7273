// expect: limit (cpuMsMax)
await new Promise((go) => setTimeout(go, 1));
for (;;);
