// expect: success [false,"undefined"]
const buffer = new ArrayBuffer(8, { maxByteLength: 2 ** 33 });
return [buffer.resizable, typeof buffer.resize];
