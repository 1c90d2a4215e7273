// expect: success "undefined"
let sites;
try {
  Error.prepareStackTrace = (_, given) => { sites = given; return ""; };
} catch {}
new Error("x").stack;
return typeof sites;
