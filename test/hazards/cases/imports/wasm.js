// expect: error Cannot import
import x from "./x.wasm";
export default x;
