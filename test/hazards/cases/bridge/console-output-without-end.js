// expect: limit (cpuMsMax)
for (;;) console.log("x");
