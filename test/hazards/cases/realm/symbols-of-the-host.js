// expect: success ["Symbol(Symbol.toStringTag)"] | success []
return Object.getOwnPropertySymbols(globalThis).map(String);
