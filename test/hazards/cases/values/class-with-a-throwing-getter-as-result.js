// expect: error could not be read | limit (cpuMsMax)
return { get a() { throw { toString() { for (;;); } }; } };
