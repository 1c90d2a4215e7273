// expect: error (67108864 characters) | limit
throw "x".repeat(2 ** 26);
