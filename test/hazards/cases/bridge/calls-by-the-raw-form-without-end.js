// expect: limit callsMax
for (;;) hazard.echo.raw({});
