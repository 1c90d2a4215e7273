// expect: success "function"
@((value) => value)
class A {}
return typeof A;
