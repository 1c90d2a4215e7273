// expect: error
return await hazard.echo([1, 2]);
