// expect: error takes one object of arguments, not an array
return await hazard.echo([1, 2]);
