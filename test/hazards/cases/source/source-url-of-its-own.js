// expect: error
null.x;
//# sourceURL=node:internal/process
