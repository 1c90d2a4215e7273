// expect: error Cannot import
import x from "C:\\Windows\\win.ini";
export default x;
