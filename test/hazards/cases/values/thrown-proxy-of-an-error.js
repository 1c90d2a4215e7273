// expect: error
throw new Proxy(new Error("inner"), {});
