// expect: error a cycle
const a = {};
a.a = a;
await hazard.echo(a);
