// expect: error Cannot import
import x from "file:///etc/passwd";
export default x;
