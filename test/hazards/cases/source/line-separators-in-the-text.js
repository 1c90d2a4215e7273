// expect: success 2
const a = "  "; return a.length;
