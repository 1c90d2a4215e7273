// expect: error resolve is not a function
export default require.resolve("fs");
