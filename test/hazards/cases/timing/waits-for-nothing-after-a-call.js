// expect: error nothing can settle
await hazard.echo({});
await new Promise(() => {});
