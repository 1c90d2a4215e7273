// expect: error Cannot import
import x from "../../node_modules/isolated-vm";
export default x;
