// expect: limit (cpuMsMax)
setTimeout(() => {}, { [Symbol.toPrimitive]() { for (;;); } });
