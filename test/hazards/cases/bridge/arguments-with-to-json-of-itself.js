// expect: error | success | limit (cpuMsMax)
const args = { toJSON() { return args; } };
await hazard.echo(args);
