// expect: error Cannot import
import { hazard } from "./unified_api.json";
export default typeof hazard;
