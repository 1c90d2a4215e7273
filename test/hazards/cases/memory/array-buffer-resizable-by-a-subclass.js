// expect: success [false,"undefined"]
class Own extends ArrayBuffer {}
const buffer = new Own(8, { maxByteLength: 2 ** 33 });
return [buffer.resizable, typeof buffer.resize];
