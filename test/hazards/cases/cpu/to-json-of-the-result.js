// expect: limit (cpuMsMax)
return { toJSON() { for (;;); } };
