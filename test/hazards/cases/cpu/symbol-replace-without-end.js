// expect: limit (cpuMsMax)
return "x".replace({ [Symbol.replace]() { for (;;); } }, "");
