// expect: success ["ToolError","TypeError"]
const tried = [];
for (const given of [[1], [{}], [{ tool: 1 }], [{ tool: "hazard.echo", args: 1 }], [{ tool: "nothing.here" }], [{ tool: "hazard.echo", more: 1 }], 1, null, {}, "x"]) {
  try {
    await onStop(given);
    tried.push("taken");
  } catch (error) {
    tried.push(error.name);
  }
}
return [...new Set(tried)].sort();
