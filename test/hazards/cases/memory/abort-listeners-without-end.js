// expect: limit
const { signal } = new AbortController();
for (let i = 0; ; i++) signal.addEventListener("abort", () => i);
