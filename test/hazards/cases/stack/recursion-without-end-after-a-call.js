// expect: error Maximum call stack
await hazard.echo({});
const f = () => f();
f();
