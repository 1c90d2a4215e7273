// expect: limit (cpuMsMax)
return /(?<=^(?:a+)+b)c/.test(`${"a".repeat(45)}dc`) || /(?<=^(a|a)*)c/.test(`b${"a".repeat(45)}c`);
