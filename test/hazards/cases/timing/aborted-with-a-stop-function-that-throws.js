// expect: aborted
// aborted: 20
onStop(() => { throw new Proxy({}, {}); });
console.log("up");
await hazard.never({});
