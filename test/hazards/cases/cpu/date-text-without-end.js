// expect: limit (cpuMsMax)
for (;;) new Date().toLocaleString("de", { timeZone: "Asia/Tokyo", dateStyle: "full" });
