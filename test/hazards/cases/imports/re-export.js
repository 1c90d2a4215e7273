// expect: error Cannot import
export * from "fs";
export default 1;
