// expect: error Server "hazard" has no tool
await hazard["\0\n\u2028{}\"'`${1}"]({});
