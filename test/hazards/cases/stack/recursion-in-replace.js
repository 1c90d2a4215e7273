// expect: error Maximum call stack
const f = () => "x".replace("x", f);
f();
