// expect: success []
return Object.getOwnPropertySymbols(globalThis).map(String);
