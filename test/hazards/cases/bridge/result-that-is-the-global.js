// expect: success | error
return globalThis;
