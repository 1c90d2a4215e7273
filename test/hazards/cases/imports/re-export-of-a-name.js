// expect: error Cannot import
export { readFileSync as default } from "fs";
