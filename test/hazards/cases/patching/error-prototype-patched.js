// expect: error Cannot read properties of null (reading 'x')
Error.prototype.name = "Forged";
Error.prototype.toString = () => { throw new Error("patched"); };
null.x;
