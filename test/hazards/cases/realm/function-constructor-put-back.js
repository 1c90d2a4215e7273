// expect: success "TypeError"
try {
  Object.defineProperty(Function.prototype, "constructor", { value: 1 });
} catch (error) {
  return error.name;
}
return "changed";
