// expect: limit (cpuMsMax)
try {
  throw new Error("x");
} finally {
  for (;;);
}
