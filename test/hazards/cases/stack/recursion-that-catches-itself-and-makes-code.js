// expect: success 1
let runs = 0;
function f() {
  try { f(); } catch {}
  if (runs < 200) {
    runs++;
    try { (0, globalThis.eval)("1+1"); } catch {}
    try { Function("1"); } catch {}
  }
}
f();
return 1;
