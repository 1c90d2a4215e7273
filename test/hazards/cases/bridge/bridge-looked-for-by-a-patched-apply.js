// expect: success 0
const seen = [];
Function.prototype.apply = function (...given) { seen.push(given); };
Function.prototype.call = function (...given) { seen.push(given); };
Reflect.apply = (...given) => { seen.push(given); };
await hazard.echo({});
console.log("x");
return seen.length;
