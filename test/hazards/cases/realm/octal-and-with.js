// expect: error With statements cannot be used
with ({}) {}
return 010;
