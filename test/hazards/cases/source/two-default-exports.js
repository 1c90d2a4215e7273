// expect: error Multiple exports with the same name "default"
export default 1;
export default 2;
