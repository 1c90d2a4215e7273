// expect: success 1
setTimeout(() => hazard.echo({ late: true }), 5);
return 1;
