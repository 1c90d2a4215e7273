// expect: error inner
throw new Proxy(new Error("inner"), {});
