// expect: timeout
// timeout: 0.5
for (;;) {
  await hazard.fail({}).catch(() => {});
  await new Promise((go) => setTimeout(go, 1));
}
