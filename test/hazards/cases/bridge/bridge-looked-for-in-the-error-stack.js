// expect: success false
const { stack } = new Error("x");
return /isolate|node|bridge|dist|file:|[\\/]/.test(stack);
