// expect: limit callsMax
for (let i = 0; ; i++) await hazard.echo({ i });
