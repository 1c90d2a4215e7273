// expect: error listener
const ender = new AbortController();
ender.signal.addEventListener("abort", () => { throw new Error("listener"); });
ender.abort();
await new Promise((go) => setTimeout(go, 20));
