// expect: limit (cpuMsMax)
return /a*a*a*a*a*a*c/.test("a".repeat(5_000));
