// expect: error has no "process"
import { process } from "unified_api";
export default process;
