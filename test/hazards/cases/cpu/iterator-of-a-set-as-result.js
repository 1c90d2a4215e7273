// expect: success [1]
return new (class extends Set {
  *[Symbol.iterator]() { for (;;) yield 1; }
})([1]);
