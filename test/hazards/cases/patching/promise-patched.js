// expect: success {"a":1}
Promise.prototype.then = Promise.prototype.catch = () => { throw new Error("patched"); };
globalThis.Promise = null;
return await hazard.echo({ a: 1 });
