// expect: error Cannot import
import x from "../secret.json";
export default x;
