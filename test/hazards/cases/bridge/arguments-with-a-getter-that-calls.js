// expect: success 2
let depth = 0;
const args = { get a() { depth++; hazard.echo({ depth }); return depth; } };
await hazard.echo(args);
return depth;
