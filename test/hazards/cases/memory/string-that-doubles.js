// expect: error Invalid string length | limit
let text = "x";
for (;;) {
  text += text;
  text.charCodeAt(0);
}
