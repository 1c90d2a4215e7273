// expect: success 1
let a = ["x"];
for (let i = 0; i < 40; i++) a = [a, a];
console.log(a);
return 1;
