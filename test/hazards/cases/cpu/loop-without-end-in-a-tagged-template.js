// expect: limit (cpuMsMax)
const tag = () => { for (;;); };
tag`x`;
