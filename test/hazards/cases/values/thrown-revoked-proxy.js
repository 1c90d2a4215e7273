// expect: error cannot be read
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
throw proxy;
