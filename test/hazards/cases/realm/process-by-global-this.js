// expect: success ["undefined","undefined","undefined","undefined"]
return [typeof globalThis.process, typeof globalThis.global, typeof globalThis.module, typeof globalThis.Buffer];
