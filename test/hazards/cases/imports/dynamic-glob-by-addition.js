// expect: error Cannot import
const name = "package";
export default await import("./" + name + ".json");
