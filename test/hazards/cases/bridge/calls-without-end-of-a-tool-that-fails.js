// expect: limit callsMax
for (;;) await hazard.fail({}).catch(() => {});
