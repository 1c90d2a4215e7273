// expect: limit callsMax
for (;;) hazard__echo({});
