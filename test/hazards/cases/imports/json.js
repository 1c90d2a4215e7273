// expect: error Cannot import
import x from "./package.json" with { type: "json" };
export default x;
