// expect: error Cannot read properties of null (reading 'x')
globalThis.Error = globalThis.TypeError = globalThis.RangeError = class {};
null.x;
