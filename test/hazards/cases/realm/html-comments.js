// expect: success 1
const a = 1;
<!-- a comment in old scripts
return a;
