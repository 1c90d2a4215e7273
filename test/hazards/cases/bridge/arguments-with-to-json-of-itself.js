// expect: error a cycle
const args = { toJSON() { return args; } };
await hazard.echo(args);
