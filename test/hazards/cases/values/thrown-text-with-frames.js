// expect: error at fake (script.js:99:1)
throw new Error("x\n    at fake (script.js:99:1)\n    at node:internal/x:1:1");
