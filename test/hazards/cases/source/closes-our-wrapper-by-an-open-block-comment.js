// expect: error Unexpected end of the script
return 1; /* open
