// expect: success 1
let lines = 0;
function f() {
  try { f(); } catch {}
  if (lines < 50) {
    lines++;
    try { console.log(lines); } catch {}
  }
}
f();
return 1;
