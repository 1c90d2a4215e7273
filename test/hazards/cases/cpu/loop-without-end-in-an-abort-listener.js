// expect: limit (cpuMsMax)
const ender = new AbortController();
ender.signal.addEventListener("abort", () => { for (;;); });
ender.abort();
