// expect: error Array buffer allocation failed
const all = [];
for (;;) all.push(new ArrayBuffer(1e6));
