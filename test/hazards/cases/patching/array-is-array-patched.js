// expect: success {"a":1}
Array.isArray = () => true;
return await hazard.echo({ a: 1 });
