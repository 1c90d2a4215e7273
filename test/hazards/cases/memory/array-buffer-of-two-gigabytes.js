// expect: error Array buffer allocation failed | limit
return new ArrayBuffer(2 ** 31).byteLength;
