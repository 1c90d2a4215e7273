// expect: limit (cpuMsMax)
Object.prototype.toJSON = () => { for (;;); };
return {};
