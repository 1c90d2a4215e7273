// expect: success 1
console.log = null;
globalThis.console = null;
return 1;
