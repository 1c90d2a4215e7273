// expect: error
globalThis.Error = globalThis.TypeError = globalThis.RangeError = class {};
null.x;
