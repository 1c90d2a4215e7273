// expect: error Cannot import "./mcp_servers_config.json"
const name = "./mcp_servers_config.json";
export default await import(name);
