// expect: error one of many
for (let i = 0; i < 5_000; i++) Promise.reject(new Error("one of many"));
await new Promise((go) => setTimeout(go, 50));
