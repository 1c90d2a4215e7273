// expect: error
await hazard["\0\n\u2028{}\"'`${1}"]({});
