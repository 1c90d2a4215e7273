// expect: limit (cpuMsMax)
return /^(a+)+\1$/.test(`${"a".repeat(40)}b`);
