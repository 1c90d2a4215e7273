// expect: error Cannot import
import x from "unified_api#../secret";
export default x;
