// expect: timeout
// timeout: 0.3
await hazard.slow({ ms: 60_000 });
