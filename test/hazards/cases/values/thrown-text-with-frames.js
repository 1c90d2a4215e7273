// expect: error
throw new Error("x\n    at fake (script.js:99:1)\n    at node:internal/x:1:1");
