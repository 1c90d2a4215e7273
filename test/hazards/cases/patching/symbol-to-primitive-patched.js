// expect: success {"a":1}
Object.prototype[Symbol.toPrimitive] = () => { throw new Error("patched"); };
return await hazard.echo({ a: 1 });
