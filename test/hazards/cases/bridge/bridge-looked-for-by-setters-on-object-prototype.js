// expect: success 0
let seen = 0;
const trap = Object.assign(Object.create(null), { set() { seen++; }, get() { return undefined; }, configurable: true });
const keys = ["id", "run", "server", "tool", "args", "resolve", "promise", "ok", "0", "1", "kind", "place", "raw", "stack"];
for (const key of keys) Object.defineProperty(Object.prototype, key, trap);
const answer = hazard.echo({ a: 1 });
console.log("x");
setTimeout(() => {}, 1);
await answer.catch(() => {});
for (const key of keys) delete Object.prototype[key];
return seen;
