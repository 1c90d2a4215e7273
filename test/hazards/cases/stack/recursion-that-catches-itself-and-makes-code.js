// expect: success 1 | limit | error
function f() {
  try { f(); } catch {}
  try { (0, globalThis.eval)("1+1"); } catch {}
  try { Function("1"); } catch {}
}
f();
return 1;
