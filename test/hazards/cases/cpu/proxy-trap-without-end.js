// expect: limit (cpuMsMax)
const hostile = new Proxy({}, { has() { for (;;); } });
return "a" in hostile;
