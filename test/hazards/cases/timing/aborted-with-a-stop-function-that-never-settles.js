// expect: aborted
// aborted: 20
onStop(() => new Promise(() => {}));
console.log("up");
await hazard.never({});
