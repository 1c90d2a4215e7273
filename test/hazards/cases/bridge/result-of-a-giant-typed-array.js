// expect: error resultBytesMax | limit
return new Uint8Array(10_000_000);
