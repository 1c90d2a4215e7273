// expect: timeout
// timeout: 0.4
setTimeout(() => {}, 2 ** 31 - 1);
await new Promise(() => {});
