// expect: timeout
// timeout: 0.5
await hazard.never({});
