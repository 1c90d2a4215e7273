// expect: error null was thrown
setTimeout(() => { throw null; }, 1);
await new Promise(() => {});
