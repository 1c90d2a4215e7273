// expect: error
throw globalThis;
