// expect: error
Error.prototype.name = "Forged";
Error.prototype.toString = () => { throw new Error("patched"); };
null.x;
