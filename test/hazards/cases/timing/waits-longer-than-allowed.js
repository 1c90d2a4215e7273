// expect: timeout
// timeout: 0.3
await new Promise((go) => setTimeout(go, 60_000));
