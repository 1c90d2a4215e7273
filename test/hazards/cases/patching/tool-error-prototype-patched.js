// expect: error it failed, as always
Object.defineProperty(ToolError.prototype, "name", { get: () => { throw new Error("patched"); } });
await hazard.fail({});
