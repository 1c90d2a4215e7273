// expect: error | limit (cpuMsMax)
class Own extends Error {
  static get name() { for (;;); }
}
throw new Own("x");
