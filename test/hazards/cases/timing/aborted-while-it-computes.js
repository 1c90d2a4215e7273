// expect: aborted
// aborted: 20
console.log("up");
for (;;);
