// expect: error An object was thrown: {}
setTimeout(() => { throw new Proxy({}, { get() { for (;;); } }); }, 1);
await new Promise(() => {});
