// expect: error process is not defined
process.exit(1);
