// expect: error
Error.captureStackTrace(Object.freeze({}));
