// expect: success "undefined"
const { constructor } = new ArrayBuffer(8);
const buffer = Reflect.construct(constructor, [8, { maxByteLength: 2 ** 33 }], Object);
return typeof buffer.resize;
