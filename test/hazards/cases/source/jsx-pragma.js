// expect: success 1
/** @jsx process.exit */
const a = 1;
return a;
