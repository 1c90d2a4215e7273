// expect: error Cannot import
import x from "blob:nodedata:1";
export default x;
