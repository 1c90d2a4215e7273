// expect: error late
const late = Promise.reject(new Error("late"));
await new Promise((go) => setTimeout(go, 50));
await late.catch(() => {});
return 1;
