// expect: success {"a":1}
Object.freeze(Object.prototype);
Object.freeze(Array.prototype);
Object.freeze(Function.prototype);
Object.freeze(globalThis);
return await hazard.echo({ a: 1 });
