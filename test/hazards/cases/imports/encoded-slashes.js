// expect: error Cannot import
import x from "..%2f..%2fmcp_servers_config.json";
export default x;
