// expect: error
function f(a = 1) { "use strict"; }
return 1;
