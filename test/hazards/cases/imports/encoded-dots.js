// expect: error Cannot import
import x from "%2e%2e/mcp_servers_config.json";
export default x;
