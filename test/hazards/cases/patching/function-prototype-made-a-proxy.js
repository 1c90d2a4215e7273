// expect: success {"a":1}
Object.setPrototypeOf(Function.prototype, new Proxy({}, { get: () => { throw new Error("patched"); }, has: () => { throw new Error("patched"); } }));
return await hazard.echo({ a: 1 });
