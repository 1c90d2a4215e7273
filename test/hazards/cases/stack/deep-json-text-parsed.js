// expect: success 1
return JSON.parse("[".repeat(1_000_000) + "]".repeat(1_000_000)).length;
