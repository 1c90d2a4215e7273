// expect: error Cannot import
import { default as x } from "fs";
return typeof x;
