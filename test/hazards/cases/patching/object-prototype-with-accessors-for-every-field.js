// expect: error patched
for (const key of ["ok", "type", "value", "message", "kind", "server", "tool", "args", "line", "raw", "stack", "get", "set", "configurable", "enumerable", "writable"])
  Object.defineProperty(Object.prototype, key, { get: () => { throw new Error("patched"); }, set: () => { throw new Error("patched"); }, configurable: true });
const value = await hazard.echo({ a: 1 }).catch(() => "refused");
return 1;
