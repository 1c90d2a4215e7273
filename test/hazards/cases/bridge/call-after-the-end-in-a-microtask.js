// expect: success 1
Promise.resolve().then(() => 0).then(() => 0).then(() => hazard.echo({ late: true }));
return 1;
