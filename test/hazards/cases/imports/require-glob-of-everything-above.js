// expect: error Cannot import
const name = "x";
export default require(`../../../../../../${name}/${name}`);
