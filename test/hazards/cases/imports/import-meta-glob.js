// expect: error
export default import.meta.glob("/etc/*");
