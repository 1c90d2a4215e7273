// expect: timeout
// timeout: 0.5
for (let i = 0; i < 100; i++) setInterval(() => {}, 1);
await new Promise(() => {});
