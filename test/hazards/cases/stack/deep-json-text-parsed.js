// expect: error Maximum call stack | success 1 | limit
return JSON.parse("[".repeat(1_000_000) + "]".repeat(1_000_000)).length;
