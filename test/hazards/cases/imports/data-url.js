// expect: error Cannot import
import x from "data:text/javascript,export default 1";
export default x;
