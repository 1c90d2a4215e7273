// expect: success 1
import type { Stats } from "fs";
return 1;
