// expect: error | success
export default new URL("/etc/passwd", import.meta.url).href;
