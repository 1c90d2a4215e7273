// expect: limit callsMax
for (let i = 0; ; i++) hazard.echo({ i });
