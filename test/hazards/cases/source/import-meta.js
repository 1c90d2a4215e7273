// expect: error Cannot use 'import.meta' outside a module
return Object.keys(import.meta);
