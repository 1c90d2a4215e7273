// expect: error Cannot import
return require({ toString() { return "fs"; } });
