// expect: error
import fs = require("fs");
return fs;
