// expect: limit (cpuMsMax)
return /^(\p{L}+)+$/v.test(`${"ä".repeat(40)}1`);
