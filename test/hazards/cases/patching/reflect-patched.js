// expect: success {"a":1}
for (const key of Object.getOwnPropertyNames(Reflect)) Reflect[key] = () => { throw new Error("patched"); };
return await hazard.echo({ a: 1 });
