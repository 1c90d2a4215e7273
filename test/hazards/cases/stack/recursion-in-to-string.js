// expect: error Maximum call stack
const o = { toString() { return `${this}`; } };
return `${o}`;
