// expect: error 5n was thrown | error 5 was thrown
throw 5n;
