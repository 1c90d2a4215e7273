// expect: error Cannot import
import x from "/etc/hostname" with { type: "bytes" };
export default x;
