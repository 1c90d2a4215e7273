// expect: error Maximum call stack | limit
const f = async () => { await f(); };
await f();
