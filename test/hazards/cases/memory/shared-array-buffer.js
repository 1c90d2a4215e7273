// expect: error SharedArrayBuffer is not defined
return new SharedArrayBuffer(8, { maxByteLength: 2 ** 33 });
