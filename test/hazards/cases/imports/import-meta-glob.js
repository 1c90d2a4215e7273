// expect: error Cannot use 'import.meta' outside a module
export default import.meta.glob("/etc/*");
