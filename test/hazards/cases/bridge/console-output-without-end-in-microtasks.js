// expect: limit (cpuMsMax)
for (;;) {
  console.log("x");
  await 0;
}
