// expect: success ["number","number"]
globalThis.left = 1;
var leftToo = 2;
return [typeof left, typeof leftToo];
