// expect: error WebAssembly is not defined
return new WebAssembly.Memory({ initial: 10_000, maximum: 65_536 });
