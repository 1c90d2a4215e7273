// expect: error Cannot use 'import.meta' outside a module
return import.meta.url;
