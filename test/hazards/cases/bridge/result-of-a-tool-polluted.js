// expect: success ["undefined",["__proto__","constructor"]]
const value = await hazard.polluted({});
Object.assign({}, value);
return [typeof {}.polluted, Object.keys(value)];
