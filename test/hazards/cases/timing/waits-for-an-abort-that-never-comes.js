// expect: error nothing can settle
const { signal } = new AbortController();
await new Promise((go) => signal.addEventListener("abort", go));
