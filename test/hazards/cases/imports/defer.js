// expect: error
import defer * as x from "fs";
return typeof x;
