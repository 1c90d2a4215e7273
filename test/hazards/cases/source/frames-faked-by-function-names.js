// expect: error
const f = { ["(script.js:99:1)"]() { null.x; } };
f["(script.js:99:1)"]();
