// expect: error Cannot import "fs"
return require(`${"f"}s`);
