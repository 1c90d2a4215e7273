// expect: success {"a":1}
Object.keys = Object.entries = Object.defineProperty = Object.create = Object.getOwnPropertyNames = Object.getPrototypeOf = () => { throw new Error("patched"); };
return await hazard.echo({ a: 1 });
