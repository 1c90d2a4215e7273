// expect: error Cannot import
import x from "./data?raw";
export default x;
