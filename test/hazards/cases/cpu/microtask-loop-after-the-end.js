// expect: success 1
(async () => {
  for (;;) await 0;
})();
return 1;
