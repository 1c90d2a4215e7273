// expect: limit (cpuMsMax)
return `${"a".repeat(40)}b`.split(/(?:a+)+$/);
