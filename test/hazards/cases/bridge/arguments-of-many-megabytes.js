// expect: error larger than 100000 bytes
await hazard.echo({ text: "x".repeat(5_000_000) });
