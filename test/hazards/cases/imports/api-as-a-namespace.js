// expect: success false
import * as api from "unified_api";
export default Object.keys(api).includes("process");
