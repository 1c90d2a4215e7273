// expect: aborted
// aborted: 20
onStop(() => { const all = []; for (;;) all.push({ at: all.length }); });
console.log("up");
await hazard.never({});
