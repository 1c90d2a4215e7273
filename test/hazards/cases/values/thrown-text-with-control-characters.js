// expect: error
throw new Error("\u001b[2J\u0000\r\u2028");
