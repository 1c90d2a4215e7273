// expect: aborted
// aborted: 20
onStop(() => { for (;;); });
console.log("up");
await hazard.never({});
