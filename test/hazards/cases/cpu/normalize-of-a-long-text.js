// expect: limit
const text = "\u1e9b\u0323".repeat(2_000_000);
for (;;) text.normalize("NFKD");
