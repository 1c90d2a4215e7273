// expect: limit (cpuMsMax)
return {} instanceof { [Symbol.hasInstance]() { for (;;); } };
