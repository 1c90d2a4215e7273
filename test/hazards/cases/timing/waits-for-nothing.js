// expect: error nothing can settle
await new Promise(() => {});
