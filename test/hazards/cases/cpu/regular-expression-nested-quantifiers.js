// expect: limit (cpuMsMax)
return /^(a+)+$/.test(`${"a".repeat(40)}b`);
