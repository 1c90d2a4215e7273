// expect: error An object was thrown: hazard
throw hazard;
