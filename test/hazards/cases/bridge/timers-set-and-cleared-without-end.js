// expect: limit (cpuMsMax)
for (let i = 1e6; ; i--) clearTimeout(setTimeout(() => {}, i));
