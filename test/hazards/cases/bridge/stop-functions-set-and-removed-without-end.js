// expect: limit (callsMax)
for (;;) onStop(() => {})();
