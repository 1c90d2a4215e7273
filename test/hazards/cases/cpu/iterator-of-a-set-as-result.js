// expect: success [1] | limit (cpuMsMax)
return new (class extends Set {
  *[Symbol.iterator]() { for (;;) yield 1; }
})([1]);
