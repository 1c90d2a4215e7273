// expect: error Cannot import
import x from "data:application/json,{}" with { type: "json" };
export default x;
