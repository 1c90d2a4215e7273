// expect: limit (cpuMsMax)
const text = "x".repeat(3_000_000);
for (;;) atob(btoa(text));
