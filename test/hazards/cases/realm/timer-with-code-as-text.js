// expect: error setTimeout takes a function
setTimeout("globalThis.ran = true", 1);
