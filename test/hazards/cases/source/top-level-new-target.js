// expect: error | success
return new.target;
