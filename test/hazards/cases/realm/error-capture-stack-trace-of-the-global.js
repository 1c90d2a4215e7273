// expect: success "string" | error
Error.captureStackTrace(globalThis);
return typeof globalThis.stack;
