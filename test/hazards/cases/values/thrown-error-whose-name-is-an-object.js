// expect: limit (cpuMsMax)
throw Object.assign(new Error("x"), { name: { toString() { for (;;); } } });
