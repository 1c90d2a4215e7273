// expect: success {"a":1}
Number.isInteger = Number.isFinite = Math.min = Math.max = Math.trunc = Date.now = () => { throw new Error("patched"); };
await new Promise((go) => setTimeout(go, 1));
return await hazard.echo({ a: 1 });
