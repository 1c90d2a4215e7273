// expect: limit (cpuMsMax)
const f = (a = (() => { for (;;); })()) => a;
f();
