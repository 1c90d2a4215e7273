// expect: error Cannot import
import { hazard } from "/generated/unified_api.ts";
export default typeof hazard;
