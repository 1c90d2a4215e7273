// expect: success 536870888 | limit (residentMebibytesMax) | limit (heapMebibytesMax) | error
const text = "a".repeat(2 ** 29 - 24);
return text.length;
