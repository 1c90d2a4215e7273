// expect: timeout
// timeout: 0.4
await hazard.slow({ ms: 60_000, signal: AbortSignal.timeout(10) });
