// expect: error has no "__proto__"
import { __proto__ as x } from "unified_api";
export default typeof x;
