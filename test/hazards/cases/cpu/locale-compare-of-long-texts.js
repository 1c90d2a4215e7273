// expect: limit
const text = "ä".repeat(2_000_000);
for (;;) `${text}a`.localeCompare(`${text}b`, "de");
