// expect: success 1
const a: import("fs").Stats | 1 = 1;
return a;
