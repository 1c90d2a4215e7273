// expect: error [2J
throw new Error("\u001b[2J\u0000\r\u2028");
