// expect: success 1
globalThis = {};
return 1;
