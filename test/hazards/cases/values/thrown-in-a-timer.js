// expect: error late
setTimeout(() => { throw new Error("late"); }, 1);
await new Promise(() => {});
