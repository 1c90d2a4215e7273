// expect: error
throw Promise.reject(new Error("inner"));
