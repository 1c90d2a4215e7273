// expect: limit (cpuMsMax)
return 1 + { valueOf() { for (;;); } };
