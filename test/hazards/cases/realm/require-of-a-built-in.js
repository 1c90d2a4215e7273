// expect: error Cannot import "child_process"
return require("child_process");
