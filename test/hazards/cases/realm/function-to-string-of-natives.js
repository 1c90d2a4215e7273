// expect: success false | success true
return [setTimeout, hazard.echo, onStop, console.log, ToolError].some((f) => /post|receive|limits|#/.test(Function.prototype.toString.call(f)));
