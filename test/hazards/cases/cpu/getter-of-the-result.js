// expect: limit (cpuMsMax)
return { get a() { for (;;); } };
