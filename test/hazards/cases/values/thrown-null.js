// expect: error null was thrown
throw null;
