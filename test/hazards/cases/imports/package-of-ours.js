// expect: error Cannot import
import x from "mcp-tools-orchestrator";
export default x;
