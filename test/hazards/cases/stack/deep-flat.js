// expect: error Maximum call stack
let a = [1];
for (let i = 0; i < 200_000; i++) a = [a];
return a.flat(Infinity);
