// expect: error
await hazard[""]({});
