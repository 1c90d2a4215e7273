// expect: error
const name = "./mcp_servers_config.json";
export default await import(name);
