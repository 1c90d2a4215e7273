// expect: limit (cpuMsMax)
[3, 1, 2].sort(() => { for (;;); });
