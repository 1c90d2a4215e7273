// expect: error
return (function () { return arguments.callee; })();
