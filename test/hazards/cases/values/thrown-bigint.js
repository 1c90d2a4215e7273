// expect: error 5n was thrown
throw 5n;
