// expect: error is a symbol
await hazard.echo(Symbol("x"));
