// expect: error Invalid string length | limit
new Array(2 ** 32 - 1).join();
