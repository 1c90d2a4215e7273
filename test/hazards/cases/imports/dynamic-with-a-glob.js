// expect: error Cannot import "/etc/passwd"
const name = "passwd";
export default await import(`/etc/${name}`);
