// expect: limit (cpuMsMax)
return `${{ toString() { for (;;); } }}`;
