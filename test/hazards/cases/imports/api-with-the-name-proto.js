// expect: error has no "__proto__" | error
import { __proto__ as x } from "unified_api";
export default typeof x;
