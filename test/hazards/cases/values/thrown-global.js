// expect: error An object was thrown: {}
throw globalThis;
