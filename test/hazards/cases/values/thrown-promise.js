// expect: error An object was thrown: Promise (await it to see its value)
throw Promise.reject(new Error("inner"));
