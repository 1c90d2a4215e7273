// expect: success 1 | limit (cpuMsMax)
(async () => {
  for (;;) await 0;
})();
return 1;
