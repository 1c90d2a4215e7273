// expect: error nothing can settle
Object.prototype.then = () => {};
return await hazard.echo({ a: 1 });
