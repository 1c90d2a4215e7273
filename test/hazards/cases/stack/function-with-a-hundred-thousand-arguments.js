// expect: success 1
return Math.max(...new Array(200_000).fill(1));
