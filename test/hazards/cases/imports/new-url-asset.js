// expect: error Cannot use 'import.meta' outside a module
export default new URL("/etc/passwd", import.meta.url).href;
