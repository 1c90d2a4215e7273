// expect: error Cannot import
import x from "/etc/hostname" with { type: "text" };
export default x;
