// expect: aborted
// aborted: 20
console.log("up");
await hazard.echo({});
for (;;);
