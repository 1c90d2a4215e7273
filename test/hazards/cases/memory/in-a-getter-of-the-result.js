// expect: limit (heapMebibytesMax) | limit (residentMebibytesMax)
return {
  get a() {
    const all = [];
    for (;;) all.push({ at: all.length });
  },
};
