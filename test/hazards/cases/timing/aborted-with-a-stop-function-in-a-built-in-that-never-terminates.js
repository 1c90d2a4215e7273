// expect: aborted
// aborted: 20
// process-only: one call of a built-in that V8 does not interrupt: its thread is lost until the process ends
onStop(() => [].indexOf.call({ length: 2 ** 53 - 1 }, 1));
console.log("up");
await hazard.never({});
