// expect: success 1
for (const key of Object.getOwnPropertyNames(globalThis)) {
  try {
    delete globalThis[key];
  } catch {}
}
return 1;
