// expect: limit (cpuMsMax)
class Held {
  static { for (;;); }
}
