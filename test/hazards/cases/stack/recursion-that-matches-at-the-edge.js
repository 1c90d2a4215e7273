// expect: success 1
let runs = 0;
function f() {
  try { f(); } catch {}
  if (runs < 200) {
    runs++;
    try { new RegExp(`(a${runs}|b)*c`).test("ab"); } catch {}
  }
}
f();
return 1;
