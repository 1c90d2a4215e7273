// expect: error
throw () => {};
