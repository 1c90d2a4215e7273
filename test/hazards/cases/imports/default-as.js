// expect: error Cannot import "fs"
import { default as x } from "fs";
return typeof x;
