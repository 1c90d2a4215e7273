// expect: success 0
const seen = [];
const { then } = Promise.prototype;
Promise.prototype.then = function (...given) { seen.push(given.length); return then.apply(this, given); };
Promise.resolve = Promise.reject = Promise.all = () => { seen.push("static"); };
await hazard.echo({});
console.log("x");
return seen.length;
