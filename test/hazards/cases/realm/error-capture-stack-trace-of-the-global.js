// expect: success "string"
Error.captureStackTrace(globalThis);
return typeof globalThis.stack;
