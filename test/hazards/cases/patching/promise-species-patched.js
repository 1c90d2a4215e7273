// expect: error patched
Object.defineProperty(Promise, Symbol.species, { get: () => { throw new Error("patched"); } });
return await hazard.echo({ a: 1 });
