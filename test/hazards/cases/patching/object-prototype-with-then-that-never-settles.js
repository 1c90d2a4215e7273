// expect: error nothing can settle | success
Object.prototype.then = () => {};
return await hazard.echo({ a: 1 });
