// expect: success 1 | error
const a: import("fs").Stats | 1 = 1;
return a;
