// expect: error Invalid string length
new Array(2 ** 32 - 1).join();
