// expect: success {"a":1,"b":1}
const map = new Map([["a", 1]]);
map.set("b", { toJSON() { map.set(`k${map.size}`, this); return 1; } });
return map;
