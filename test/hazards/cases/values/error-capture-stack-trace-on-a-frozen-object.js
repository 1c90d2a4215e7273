// expect: error Cannot define property stack
Error.captureStackTrace(Object.freeze({}));
