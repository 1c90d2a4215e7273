// expect: error cannot make code from a string
class Own extends Function {}
return new Own("return 1")();
