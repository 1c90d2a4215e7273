// expect: error
return super.x;
