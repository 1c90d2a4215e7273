// expect: error Cannot import
const name = "fs";
export default require(`./${name}.json`);
