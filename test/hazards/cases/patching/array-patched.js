// expect: success {"a":[1]}
Array.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.join = Array.prototype.splice = () => { throw new Error("patched"); };
console.log("x", [1]);
return await hazard.echo({ a: [1] });
