// expect: error Cannot import "node:fs"
const name = ["node", "fs"].join(":");
return await import(name);
