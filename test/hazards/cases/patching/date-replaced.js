// expect: success 1
globalThis.Date = class { static now() { return NaN; } };
await new Promise((go) => setTimeout(go, 1));
return 1;
