// expect: error Cannot import
import x from "./mcp_servers_config.json";
export default x;
