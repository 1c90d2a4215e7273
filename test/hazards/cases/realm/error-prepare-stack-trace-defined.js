// expect: error Cannot redefine property: prepareStackTrace
Object.defineProperty(Error, "prepareStackTrace", { value: () => { for (;;); } });
