// expect: aborted
// aborted: 30
console.log("up");
await Promise.all(Array.from({ length: 100 }, () => hazard.slow({ ms: 5_000 })));
