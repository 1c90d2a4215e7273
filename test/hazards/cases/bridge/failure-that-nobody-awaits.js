// expect: error was never awaited, and failed: hazard.fail failed: it failed, as always
hazard.fail({});
await new Promise((go) => setTimeout(go, 50));
return 1;
