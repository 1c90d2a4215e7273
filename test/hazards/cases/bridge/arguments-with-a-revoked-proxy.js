// expect: error could not be read
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
await hazard.echo(proxy);
