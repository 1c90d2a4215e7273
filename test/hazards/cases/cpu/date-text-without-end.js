// expect: limit
for (;;) new Date().toLocaleString("de", { timeZone: "Asia/Tokyo", dateStyle: "full" });
