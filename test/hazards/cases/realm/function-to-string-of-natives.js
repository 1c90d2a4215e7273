// expect: success false
const functions = [setTimeout, hazard.echo, onStop, console.log, ToolError, require, URL, structuredClone];
return functions.some((f) => /node:|\/(?:dist|sandbox|node_modules)\/|process\./.test(Function.prototype.toString.call(f)));
