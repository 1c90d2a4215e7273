// expect: error nested more than 1000 levels deep
let a = 1;
for (let i = 0; i < 300_000; i++) a = [a];
return a;
