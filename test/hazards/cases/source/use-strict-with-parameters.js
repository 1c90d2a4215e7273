// expect: error Cannot use a "use strict" directive
function f(a = 1) { "use strict"; }
return 1;
