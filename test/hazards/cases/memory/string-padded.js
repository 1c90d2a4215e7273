// expect: limit
const all = [];
for (;;) all.push("x".padEnd(2 ** 24, String(all.length)).split("").join("-"));
