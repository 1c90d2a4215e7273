// expect: error Maximum call stack
const f = () => f();
f();
