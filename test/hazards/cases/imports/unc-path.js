// expect: error Cannot import
import x from "\\\\host\\share\\x";
export default x;
