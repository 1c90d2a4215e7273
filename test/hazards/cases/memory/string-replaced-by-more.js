// expect: limit (heapMebibytesMax)
let text = "aa";
for (;;) text = text.replaceAll("a", "aaaaaaaa");
