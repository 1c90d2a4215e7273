// expect: limit (cpuMsMax)
for (;;);
