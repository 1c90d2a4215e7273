// expect: limit (cpuMsMax)
await hazard.echo({});
return /(a*)*c/y.test("a".repeat(40));
