// expect: error Maximum call stack
const f = async () => { await f(); };
await f();
