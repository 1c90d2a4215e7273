// expect: success "function" | error
@((value) => value)
class A {}
return typeof A;
