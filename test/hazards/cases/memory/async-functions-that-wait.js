// expect: limit (heapMebibytesMax)
const never = new Promise(() => {});
const wait = async (n) => { await never; return n; };
for (let i = 0; ; i++) wait(i);
