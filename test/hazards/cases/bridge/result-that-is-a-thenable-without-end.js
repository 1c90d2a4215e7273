// expect: limit (cpuMsMax) | limit (heapMebibytesMax)
const again = () => ({ then: (go) => go(again()) });
return again();
