// expect: limit (heapMebibytesMax)
const { signal } = new AbortController();
for (;;) {
  const big = new Array(2_000).fill(1);
  signal.addEventListener("abort", () => big);
}
