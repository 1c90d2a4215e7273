// expect: success 1
let timers = 0;
function f() {
  try { f(); } catch {}
  if (timers < 50) {
    timers++;
    try { setTimeout(() => {}, 1); } catch {}
  }
}
f();
await new Promise((go) => setTimeout(go, 30));
return 1;
