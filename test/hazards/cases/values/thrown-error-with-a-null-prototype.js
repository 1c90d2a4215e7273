// expect: error x
throw Object.setPrototypeOf(new Error("x"), null);
