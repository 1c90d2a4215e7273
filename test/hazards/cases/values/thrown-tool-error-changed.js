// expect: error (caused by: hazard.fail failed: it failed, as always)
try {
  await hazard.fail({});
} catch (error) {
  for (const key of ["server", "tool", "kind", "message", "args", "retrySafe"]) {
    try {
      error[key] = { toString() { for (;;); } };
    } catch {}
  }
  throw error;
}
