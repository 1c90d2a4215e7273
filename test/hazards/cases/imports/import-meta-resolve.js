// expect: error
export default import.meta.resolve("fs");
