// expect: error Invalid string length | limit
let text = "aa";
for (;;) text = text.replaceAll("a", "aaaaaaaa");
