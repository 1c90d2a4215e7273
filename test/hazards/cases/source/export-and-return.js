// expect: error Top-level return cannot be used
export default 1;
return 2;
