// expect: error Cannot import "fs"
import { readFileSync } from "fs";
return 1;
