// expect: limit (cpuMsMax)
for (;;) {
  try {
    throw new Error("again");
  } catch {}
}
