// expect: timeout
// timeout: 0.3
try {
  await new Promise((go) => setTimeout(go, 60_000));
} finally {
  for (;;);
}
