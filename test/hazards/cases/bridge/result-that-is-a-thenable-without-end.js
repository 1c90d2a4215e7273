// expect: limit (cpuMsMax)
const again = () => ({ then: (go) => go(again()) });
return again();
