// expect: success 0
let seen = 0;
const trap = Object.assign(Object.create(null), { set() { seen++; }, get() { return undefined; }, configurable: true });
const keys = ["0", "1", "2", "3", "4", "5"];
for (const key of keys) Object.defineProperty(Array.prototype, key, trap);
const answer = hazard.echo({ a: 1 });
console.log("x");
setTimeout(() => {}, 1);
await answer.catch(() => {});
for (const key of keys) delete Array.prototype[key];
return seen;
