// expect: success 1
for (const delay of [-1, NaN, Infinity, 2 ** 53, "x", null, undefined, {}]) await new Promise((go) => setTimeout(go, delay));
return 1;
