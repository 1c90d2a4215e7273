// expect: success {"a":1}
globalThis.setTimeout = globalThis.clearTimeout = () => { throw new Error("patched"); };
return await hazard.echo({ a: 1 });
