// expect: error 9999
let error = new Error("0");
for (let i = 1; i < 10_000; i++) error = new Error(`${i}`, { cause: error });
throw error;
