// expect: error Maximum call stack
const a = () => b();
const b = () => a();
a();
