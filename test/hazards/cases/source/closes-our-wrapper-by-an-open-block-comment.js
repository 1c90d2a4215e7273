// expect: error
return 1; /* open
