// expect: success ["TypeError","TypeError","undefined"]
const f = () => {};
const found = [];
for (const key of ["caller", "arguments", "callee"]) {
  try {
    found.push(typeof hazard.echo[key]);
  } catch (error) {
    found.push(error.name);
  }
}
return found;
