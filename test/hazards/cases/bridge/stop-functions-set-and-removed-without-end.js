// expect: limit
for (;;) onStop(() => {})();
