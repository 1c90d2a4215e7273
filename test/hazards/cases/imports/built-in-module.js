// expect: error Cannot import
import x from "module";
export default x;
