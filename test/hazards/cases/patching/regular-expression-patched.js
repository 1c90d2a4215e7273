// expect: success {"a":1}
RegExp.prototype.exec = RegExp.prototype[Symbol.replace] = RegExp.prototype.test = () => { throw new Error("patched"); };
console.log("x");
return await hazard.echo({ a: 1 });
