// expect: error Cannot import
import x from "%252e%252e/x.json";
export default x;
