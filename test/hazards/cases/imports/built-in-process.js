// expect: error Cannot import
import x from "process";
export default x;
