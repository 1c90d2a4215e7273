// expect: success {"__proto__":{"polluted":1}}
return JSON.parse('{"__proto__":{"polluted":1}}');
