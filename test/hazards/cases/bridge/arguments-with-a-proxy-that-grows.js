// expect: limit (cpuMsMax)
let i = 0;
await hazard.echo(new Proxy({}, {
  ownKeys: () => Array.from({ length: 1_000_000 }, () => `k${i++}`),
  getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
}));
