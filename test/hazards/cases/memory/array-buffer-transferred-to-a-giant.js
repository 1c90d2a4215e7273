// expect: error | limit
return new ArrayBuffer(8).transfer(2 ** 33).byteLength;
