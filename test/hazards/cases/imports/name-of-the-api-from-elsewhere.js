// expect: error Cannot import "fs"
import { hazard } from "fs";
export default typeof hazard;
