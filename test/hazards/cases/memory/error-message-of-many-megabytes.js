// expect: error (67108864 characters) | limit
throw new Error("x".repeat(2 ** 26));
