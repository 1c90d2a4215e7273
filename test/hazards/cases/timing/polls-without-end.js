// expect: timeout
// timeout: 0.5
for (;;) await hazard.slow({ ms: 20 });
