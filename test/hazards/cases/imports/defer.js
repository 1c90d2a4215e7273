// expect: error Deferred imports are not available
import defer * as x from "fs";
return typeof x;
