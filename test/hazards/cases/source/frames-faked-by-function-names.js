// expect: error Cannot read properties of null (reading 'x')
const f = { ["(script.js:99:1)"]() { null.x; } };
f["(script.js:99:1)"]();
