// expect: error
export default require.resolve("fs");
