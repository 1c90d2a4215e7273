// expect: limit (cpuMsMax)
setTimeout(() => { for (;;); }, 1);
await new Promise(() => {});
