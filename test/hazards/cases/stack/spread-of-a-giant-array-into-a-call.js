// expect: error Maximum call stack
return String.fromCharCode(...new Array(5_000_000).fill(65)).length;
