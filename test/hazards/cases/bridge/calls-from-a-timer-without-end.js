// expect: limit callsMax
setInterval(() => { for (let i = 0; i < 20; i++) hazard.echo({ i }); }, 1);
await new Promise(() => {});
