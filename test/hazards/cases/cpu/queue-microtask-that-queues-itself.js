// expect: limit (cpuMsMax)
const again = () => queueMicrotask(again);
again();
await new Promise(() => {});
