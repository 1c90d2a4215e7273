// expect: error Cannot import
return await import("data:text/javascript,export default 1");
