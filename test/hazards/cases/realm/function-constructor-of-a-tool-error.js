// expect: error cannot make code from a string
return ToolError.constructor("return process")();
