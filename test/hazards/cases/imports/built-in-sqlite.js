// expect: error Cannot import
import x from "node:sqlite";
export default x;
