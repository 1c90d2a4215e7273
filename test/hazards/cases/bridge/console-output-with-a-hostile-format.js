// expect: success 1
console.log("%s %d %o %c %j", { toString() { throw 1; } }, { valueOf() { throw 1; } }, new Proxy({}, { get() { throw 1; } }));
return 1;
