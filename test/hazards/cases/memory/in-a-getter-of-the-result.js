// expect: limit (heapMebibytesMax)
return {
  get a() {
    const all = [];
    for (;;) all.push({ at: all.length });
  },
};
