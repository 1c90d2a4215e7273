// expect: limit
for (;;) hazard.echo({ text: "x".repeat(90_000) });
