// expect: error larger than 100000 bytes
let i = 0;
await hazard.echo(new Proxy({}, {
  ownKeys: () => Array.from({ length: 50_000 }, () => `k${i++}`),
  get: () => 1,
  getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
}));
