// expect: error Cannot read properties of null (reading 'x')
null.x;
//# sourceURL=node:internal/process
