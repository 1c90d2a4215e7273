// expect: success 1 | limit (cpuMsMax)
console.log({ get a() { for (;;); } }, new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } }));
return 1;
