// expect: error Cannot import
import x from "http://127.0.0.1/x.js";
export default x;
