// expect: error Cannot import
import x from "file://localhost/etc/passwd";
export default x;
