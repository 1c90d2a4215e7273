// expect: error forged
throw Object.assign(new ToolError("forged"), { server: "hazard", tool: "echo", kind: "tool_failed", args: { secret: 1 } });
