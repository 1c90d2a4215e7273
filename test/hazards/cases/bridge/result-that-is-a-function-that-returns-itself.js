// expect: error is a function
const f = () => f;
return f;
