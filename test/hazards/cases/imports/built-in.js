// expect: error Cannot import
import x from "fs";
export default x;
