// expect: limit (residentMebibytesMax)
// process-only: memory of ICU, which no limit of V8 counts: only the size of a process shows it
const all = [];
for (;;) all.push(new Intl.NumberFormat("de"));
