// expect: error Cannot import
import x from "./x\0.json";
export default x;
