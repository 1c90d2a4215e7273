// expect: error Array buffer allocation failed
const all = [];
let buffer = new ArrayBuffer(1e6);
for (;;) {
  all.push(buffer);
  buffer = buffer.transfer(1e6 + all.length);
  all.push(new Uint8Array(buffer.slice()).fill(1));
}
