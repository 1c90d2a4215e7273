// expect: error Cannot import
import x from "NODE:fs";
export default x;
