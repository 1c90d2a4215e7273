// expect: limit (cpuMsMax)
console.log({ get a() { for (;;); } }, new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } }));
return 1;
