// expect: error Cannot import
import x from "fs/promises";
export default x;
