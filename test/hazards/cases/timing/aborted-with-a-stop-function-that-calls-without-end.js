// expect: aborted
// aborted: 20
onStop(async () => { for (;;) await hazard.echo({}); });
console.log("up");
await hazard.never({});
