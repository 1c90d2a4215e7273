// expect: success 1
let f = () => 1;
for (let i = 0; i < 200_000; i++) f = f.bind(null);
return f();
