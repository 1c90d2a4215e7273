// expect: limit (cpuMsMax)
setInterval(() => {
  const end = Date.now() + 40;
  while (Date.now() < end);
}, 1);
await new Promise(() => {});
