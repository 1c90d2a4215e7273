// expect: success "stolen"
Object.prototype.then = function (go) { delete Object.prototype.then; go("stolen"); };
return await hazard.echo({ a: 1 });
