// expect: error WebAssembly is not defined
return await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
