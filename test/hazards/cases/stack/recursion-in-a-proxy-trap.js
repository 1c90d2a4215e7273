// expect: error Maximum call stack
const p = new Proxy({}, { get(target, key, receiver) { return receiver[key]; } });
return p.a;
