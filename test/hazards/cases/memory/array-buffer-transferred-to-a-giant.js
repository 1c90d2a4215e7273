// expect: error Array buffer allocation failed
return new ArrayBuffer(8).transfer(2 ** 33).byteLength;
