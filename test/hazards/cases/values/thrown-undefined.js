// expect: error undefined was thrown
throw undefined;
