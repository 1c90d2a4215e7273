// expect: limit callsMax
for (let i = 0; ; i++) {
  try {
    hazard.echo({ i }).catch(() => {});
  } catch {}
}
