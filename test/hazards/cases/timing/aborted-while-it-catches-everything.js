// expect: aborted
// aborted: 20
console.log("up");
for (;;) {
  try {
    await hazard.slow({ ms: 60_000 });
  } catch {}
}
