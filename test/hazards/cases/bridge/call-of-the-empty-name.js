// expect: error Server "hazard" has no tool ""
await hazard[""]({});
