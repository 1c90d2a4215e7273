// expect: error Cannot import
import x from "@modelcontextprotocol/client";
export default x;
