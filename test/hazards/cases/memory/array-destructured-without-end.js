// expect: limit (heapMebibytesMax)
const [...all] = (function* () { for (let i = 0; ; i++) yield { i }; })();
return all.length;
