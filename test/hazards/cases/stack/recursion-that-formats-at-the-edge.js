// expect: success 1
let runs = 0;
function f() {
  try { f(); } catch {}
  if (runs < 50) {
    runs++;
    try { new Intl.NumberFormat("de").format(runs); } catch {}
  }
}
f();
return 1;
