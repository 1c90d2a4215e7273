// expect: aborted
// aborted: 20
console.log("up");
await hazard.slow({ ms: 200 });
