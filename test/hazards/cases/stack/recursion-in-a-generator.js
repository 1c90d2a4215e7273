// expect: error Maximum call stack
function* f() { yield* f(); }
[...f()];
