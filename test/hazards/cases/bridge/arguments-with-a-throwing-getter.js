// expect: error could not be read: hidden
await hazard.echo({ get a() { throw new Error("hidden"); } });
