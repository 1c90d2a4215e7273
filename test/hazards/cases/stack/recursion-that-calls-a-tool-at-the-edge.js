// expect: success 1
let calls = 0;
function f() {
  try { f(); } catch {}
  if (calls < 50) {
    calls++;
    try { hazard.echo({ calls }).catch(() => {}); } catch {}
  }
}
f();
return 1;
