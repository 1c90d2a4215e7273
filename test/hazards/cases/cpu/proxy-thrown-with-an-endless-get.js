// expect: error An object was thrown: {}
throw new Proxy({}, { get() { for (;;); } });
