// expect: aborted
// aborted: 20
console.log("up");
await new Promise((go) => setTimeout(go, 60_000));
