// expect: error has no "default"
import { default as x } from "fs";
return typeof x;
