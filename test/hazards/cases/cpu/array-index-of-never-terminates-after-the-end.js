// expect: success 1
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
Promise.resolve()
  .then(() => Promise.resolve())
  .then(() => [].indexOf.call({ length: 2 ** 53 - 1 }, 1));
return 1;
