// expect: error | success []
return Object.keys(import.meta);
