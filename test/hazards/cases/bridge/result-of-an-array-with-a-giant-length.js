// expect: error resultBytesMax | limit
const a = [];
a.length = 2 ** 32 - 1;
return a;
