// expect: limit (callsMax)
const args = { toJSON() { hazard.echo(args); return {}; } };
await hazard.echo(args);
