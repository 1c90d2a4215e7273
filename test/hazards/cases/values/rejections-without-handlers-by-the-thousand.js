// expect: error | limit (cpuMsMax)
for (let i = 0; i < 5_000; i++) Promise.reject(new Error(`${i}`));
await new Promise((go) => setTimeout(go, 50));
