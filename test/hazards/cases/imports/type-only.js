// expect: success 1 | error Cannot import
import type { Stats } from "fs";
return 1;
