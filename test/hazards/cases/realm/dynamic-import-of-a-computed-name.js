// expect: error
const name = ["node", "fs"].join(":");
return await import(name);
