// expect: error Cannot import
import x from "\u002e\u002e/mcp_servers_config.json";
export default x;
