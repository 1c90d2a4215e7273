// expect: timeout
// timeout: 0.5
for (;;) {
  await new Promise((go) => setTimeout(go, 20));
  for (let i = 0; i < 1_000; i++);
}
