// expect: error x
class Own extends Error {
  static get name() { for (;;); }
}
throw new Own("x");
