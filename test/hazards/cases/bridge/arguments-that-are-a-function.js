// expect: error is a function
await hazard.echo(() => {});
