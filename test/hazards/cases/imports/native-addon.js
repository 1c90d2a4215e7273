// expect: error Cannot import
import x from "./x.node";
export default x;
