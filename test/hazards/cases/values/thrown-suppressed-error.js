// expect: error x
throw Object.assign(new Error("x"), { suppressed: new Proxy({}, { get() { for (;;); } }) });
