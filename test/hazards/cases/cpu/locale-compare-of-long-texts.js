// expect: limit (cpuMsMax)
// process-only: V8 does not interrupt this one in a loop: its thread is lost until the process ends
const text = "ä".repeat(200_000);
for (;;) `${text}a`.localeCompare(`${text}b`, "de");
