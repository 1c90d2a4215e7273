// expect: error Unexpected "super"
return super.x;
