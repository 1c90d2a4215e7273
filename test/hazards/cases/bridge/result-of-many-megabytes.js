// expect: error resultBytesMax
return "x".repeat(50_000_000);
