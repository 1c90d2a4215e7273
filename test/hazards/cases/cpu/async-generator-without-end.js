// expect: limit (cpuMsMax)
async function* numbers() {
  for (let i = 0; ; i++) yield i;
}
let sum = 0;
for await (const number of numbers()) sum += number;
