// expect: timeout
// timeout: 0.5
await Promise.all(Array.from({ length: 200 }, () => hazard.never({})));
