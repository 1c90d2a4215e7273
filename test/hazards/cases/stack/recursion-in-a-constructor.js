// expect: error Maximum call stack
class A {
  constructor() { new A(); }
}
new A();
