// expect: limit (cpuMsMax)
// process-only: parsing is not interrupted, and the collector works on while memory is short
const text = `[${"[],".repeat(2_000_000)}0]`;
for (;;) JSON.parse(text);
