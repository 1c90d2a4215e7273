// expect: error
throw hazard;
