// expect: success {"a":1}
Object.defineProperty(Object.prototype, Symbol.asyncIterator, { get: () => { throw new Error("patched"); } });
return await hazard.echo({ a: 1 });
