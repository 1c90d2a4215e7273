// expect: success {"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}
return await hazard.echo(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
