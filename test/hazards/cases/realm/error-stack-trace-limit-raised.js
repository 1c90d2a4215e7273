// expect: success 20
try {
  Error.stackTraceLimit = Infinity;
} catch {}
return Error.stackTraceLimit;
