// expect: error Cannot import
import x from "isolated-vm";
export default x;
