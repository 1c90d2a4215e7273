// expect: error Cannot import
import x from "/etc/passwd";
export default x;
