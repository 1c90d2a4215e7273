// expect: error Cannot use 'import.meta' outside a module
export default import.meta.resolve("fs");
