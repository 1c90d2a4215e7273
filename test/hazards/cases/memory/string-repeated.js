// expect: success 536870888
const text = "a".repeat(2 ** 29 - 24);
return text.length;
