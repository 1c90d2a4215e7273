// expect: error Top-level return cannot be used
import fs = require("fs");
return fs;
