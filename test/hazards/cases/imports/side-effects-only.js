// expect: error Cannot import
import "fs";
return 1;
