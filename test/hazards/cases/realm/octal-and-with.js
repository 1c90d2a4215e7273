// expect: error
with ({}) {}
return 010;
