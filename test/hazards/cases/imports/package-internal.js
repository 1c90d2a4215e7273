// expect: error Cannot import
import x from "#internal";
export default x;
