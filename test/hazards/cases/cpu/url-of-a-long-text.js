// expect: limit (cpuMsMax)
for (;;) new URL(`https://a.example/${"%41".repeat(100_000)}?${"a=b&".repeat(10_000)}`);
