// expect: success true
"use sloppy";
return this === undefined;
