// expect: limit (callsMax)
for (;;) hazard.echo({ text: "x".repeat(90_000) });
