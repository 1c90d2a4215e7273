// expect: error has no tool of a name with 1000000 characters
await hazard["x".repeat(1e6)]({});
