// expect: error nothing can settle
await new Promise((go) => setTimeout(go, 5));
await new Promise(() => {});
