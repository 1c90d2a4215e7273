// expect: success []
const seen = [];
try {
  Object.setPrototypeOf(globalThis, new Proxy({}, { get(_, key) { seen.push(String(key)); }, has(_, key) { seen.push(String(key)); return false; } }));
} catch (error) {
  return error.name;
}
await hazard.echo({});
return seen;
