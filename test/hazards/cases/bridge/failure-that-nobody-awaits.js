// expect: error it failed, as always | success 1
hazard.fail({});
await new Promise((go) => setTimeout(go, 50));
return 1;
