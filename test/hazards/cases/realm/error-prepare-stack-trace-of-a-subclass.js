// expect: success "string"
class Own extends Error {
  static prepareStackTrace() { for (;;); }
}
return typeof new Own("x").stack;
