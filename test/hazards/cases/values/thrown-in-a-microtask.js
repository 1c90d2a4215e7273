// expect: error soon
queueMicrotask(() => { throw new Error("soon"); });
await new Promise(() => {});
