// expect: error Maximum call stack size exceeded
let a = 1;
for (let i = 0; i < 200_000; i++) a = [a];
return typeof structuredClone(a);
