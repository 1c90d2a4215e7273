// expect: success ["undefined",false]
const names = Object.getOwnPropertyNames(globalThis);
return [typeof globalThis[""], names.includes("")];
