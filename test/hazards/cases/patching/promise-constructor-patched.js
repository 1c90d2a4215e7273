// expect: error patched
Object.defineProperty(Promise.prototype, "constructor", { get: () => { throw new Error("patched"); } });
return await hazard.echo({ a: 1 }).catch((error) => error.message);
