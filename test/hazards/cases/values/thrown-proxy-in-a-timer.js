// expect: error | limit (cpuMsMax)
setTimeout(() => { throw new Proxy({}, { get() { for (;;); } }); }, 1);
await new Promise(() => {});
