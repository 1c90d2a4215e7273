// expect: success {"a":1}
Map.prototype.get = Map.prototype.set = Map.prototype.delete = Map.prototype.has = () => { throw new Error("patched"); };
return await hazard.echo({ a: 1 });
