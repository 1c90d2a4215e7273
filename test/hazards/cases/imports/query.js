// expect: error Cannot import
import x from "unified_api?x=../secret";
export default x;
