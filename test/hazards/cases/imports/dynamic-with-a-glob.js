// expect: error
const name = "passwd";
export default await import(`/etc/${name}`);
