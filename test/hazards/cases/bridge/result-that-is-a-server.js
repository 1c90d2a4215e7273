// expect: error is a function
return hazard;
