// expect: limit (cpuMsMax)
const again = () => Promise.resolve().then(again);
again();
await new Promise(() => {});
