// expect: error is a BigInt
await hazard.echo({ id: 5n });
