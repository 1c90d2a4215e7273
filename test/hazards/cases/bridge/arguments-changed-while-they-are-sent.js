// expect: success {"a":1}
const args = { a: 1 };
const call = hazard.echo(args);
args.a = 2;
return await call;
