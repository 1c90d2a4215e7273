// expect: error may not be accessed on strict mode functions
return (function () { return arguments.callee; })();
