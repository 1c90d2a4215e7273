// expect: error Cannot import "fs"
return await import("fs");
