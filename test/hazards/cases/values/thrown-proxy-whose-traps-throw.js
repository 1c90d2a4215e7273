// expect: error A value that cannot be read was thrown
throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; }, getOwnPropertyDescriptor() { throw 1; }, ownKeys() { throw 1; }, has() { throw 1; } });
