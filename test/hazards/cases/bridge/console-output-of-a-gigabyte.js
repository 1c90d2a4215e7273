// expect: success 1
const line = "x".repeat(1e6);
for (let i = 0; i < 1_000; i++) console.log(line);
return 1;
