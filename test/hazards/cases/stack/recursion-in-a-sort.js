// expect: error Maximum call stack
const f = (a, b) => [2, 1].sort(f)[0];
[2, 1].sort(f);
