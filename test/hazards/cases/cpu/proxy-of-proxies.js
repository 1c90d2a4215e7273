// expect: error Maximum call stack
let proxy = {};
for (let i = 0; i < 100_000; i++) proxy = new Proxy(proxy, {});
for (;;) proxy.a;
