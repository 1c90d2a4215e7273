// expect: success {"a":[1]}
JSON.stringify = JSON.parse = () => "stolen";
return await hazard.echo({ a: [1] });
