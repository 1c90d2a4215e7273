// expect: limit (cpuMsMax)
return { then() { for (;;); } };
