// expect: success {"a":"b"}
for (const key of ["slice", "indexOf", "startsWith", "replace", "replaceAll", "split", "charCodeAt"]) String.prototype[key] = () => { throw new Error("patched"); };
console.log("x");
return await hazard.echo({ a: "b" });
