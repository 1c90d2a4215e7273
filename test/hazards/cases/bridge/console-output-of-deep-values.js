// expect: success 1
let a = 1;
for (let i = 0; i < 100_000; i++) a = [a];
console.log(a);
console.dir(a);
console.table([a]);
return 1;
