// expect: error
Object.defineProperty(Error, "prepareStackTrace", { value: () => { for (;;); } });
