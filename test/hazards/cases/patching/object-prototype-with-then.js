// expect: success | error
Object.prototype.then = function (go) { delete Object.prototype.then; go("stolen"); };
return await hazard.echo({ a: 1 });
