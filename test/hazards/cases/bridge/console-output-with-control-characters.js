// expect: success 1
console.log("\u001b[2J\u0007\r\n{\"jsonrpc\":\"2.0\",\"method\":\"x\"}\u2028");
return 1;
