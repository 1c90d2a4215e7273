// expect: success 1
console.log("\0\0\0\u0010\0\0\0\0{\"type\":\"ready\"}");
return 1;
