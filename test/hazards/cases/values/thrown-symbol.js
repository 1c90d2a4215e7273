// expect: error Symbol(s) was thrown
throw Symbol("s");
