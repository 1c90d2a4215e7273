// expect: error
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
await hazard.echo(proxy);
