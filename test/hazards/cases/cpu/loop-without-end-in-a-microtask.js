// expect: limit (cpuMsMax)
queueMicrotask(() => { for (;;); });
await new Promise(() => {});
