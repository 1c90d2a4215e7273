// expect: error
throw Object.setPrototypeOf(new Error("x"), null);
