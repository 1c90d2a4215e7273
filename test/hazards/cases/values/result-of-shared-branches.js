// expect: error result is larger than
let a = ["x".repeat(10_000)];
for (let i = 0; i < 40; i++) a = [a, a];
return a;
