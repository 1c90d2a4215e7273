// expect: success {}
return globalThis;
