// expect: success "string"
let deepest;
function f() {
  try {
    f();
  } catch (error) {
    deepest ??= error;
  }
}
f();
return typeof deepest.stack;
