// expect: error Cannot import
import * as x from "fs";
return typeof x;
