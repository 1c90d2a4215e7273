// expect: limit (cpuMsMax)
class Own extends Array {
  static get [Symbol.species]() { for (;;); }
}
new Own(1, 2, 3).map((x) => x);
