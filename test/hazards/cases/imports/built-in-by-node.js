// expect: error Cannot import
import x from "node:fs";
export default x;
