// expect: limit callsMax
for (;;) await hazard.nothing({}).catch(() => {});
