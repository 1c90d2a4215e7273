// expect: error (67108864 characters)
throw "x".repeat(2 ** 26);
