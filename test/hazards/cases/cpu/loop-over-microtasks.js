// expect: limit (cpuMsMax)
for (;;) await 0;
